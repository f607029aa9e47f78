import { mount } from '../ui/mount.tsx';
import { DispatchPage } from './app.tsx';

mount(DispatchPage);
