import { mount } from '../ui/mount.tsx';
import { ReferencePage } from './app.tsx';

mount(ReferencePage);
