import { mount } from '../ui/mount.tsx';
import { AdminPage } from './app.tsx';

mount(AdminPage);
